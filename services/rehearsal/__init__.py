"""Stories played through the public doors on a virtual clock, and what is expected of the hub in them."""
