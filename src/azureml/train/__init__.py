"""Training configurations: sweeps, estimators, automated learning."""
