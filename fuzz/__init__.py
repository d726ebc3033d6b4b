"""Coverage-guided fuzzing: what must hold for any input, and the command that looks for one where it does not."""
