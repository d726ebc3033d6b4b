"""Coverage-guided fuzzing: what must hold for any input, and the command that searches for a counterexample."""
