"""Objects: content-addressed bytes behind one port, an adapter a file."""
