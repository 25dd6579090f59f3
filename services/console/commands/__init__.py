"""The commands of `wishtree`, a module for each thing they look after."""
