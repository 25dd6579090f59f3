"""The console is the operator's door: the command line `wishtree`, and the house that it starts."""
