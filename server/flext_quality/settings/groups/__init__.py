"""The options in groups, a module for each subject. docs/settings.md is made of what stands here."""
