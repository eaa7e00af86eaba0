"""The story told by `jieli demo`: centres, stations and people act for sixty virtual days through the public doors."""
