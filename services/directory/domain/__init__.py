"""The rules of the directory, pure: the tree and its settings, people, rights over rights, signing in."""
