"""Routes, a file per noun; each has its table at the end."""
