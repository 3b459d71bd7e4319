"""Where data is and how it reaches a script: paths and bindings, without IO."""
