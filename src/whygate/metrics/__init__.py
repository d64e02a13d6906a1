"""Which number a declared metric had in a window, asked of the system that knows it."""
