"""The `pickup` command: every verb without a window."""
