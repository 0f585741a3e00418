"""The words as a whole: where each text appears, who approved it, what reviewers work with."""
