"""The hub from outside: its public doors, as those use them who play a part in front of them."""
