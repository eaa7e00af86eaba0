"""The services of Jieli and what composes them into processes."""
