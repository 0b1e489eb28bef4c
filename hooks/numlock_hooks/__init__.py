"""The two doors of numlock: the GitHub Action and the pre-commit hook."""
