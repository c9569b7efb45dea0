"""Model catalogue: what each model is and can do, known without loading it."""
