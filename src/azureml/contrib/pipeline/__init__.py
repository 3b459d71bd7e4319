"""Steps that were previews of later ones."""
