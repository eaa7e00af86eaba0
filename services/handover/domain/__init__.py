"""The saga's pure heart: a table of rules, `decide` over it and `evolve` after it."""
