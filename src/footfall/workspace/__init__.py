"""The workspace: tokens, write keys, logins."""
