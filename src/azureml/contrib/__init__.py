"""Packages that were previews of later ones."""
