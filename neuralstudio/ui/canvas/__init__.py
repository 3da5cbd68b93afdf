"""The canvas of the Build tab: cards for data, layers and loss, the wires between them, and work on them."""
