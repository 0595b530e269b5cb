"""One module per dashboard; each has BOARD."""
