"""The Azure ML SDK v1 as users import it; `stepworks` is what runs it."""
