"""Paths of the SDK that published code imports from though they are private."""
