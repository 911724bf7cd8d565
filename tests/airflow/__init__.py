"""A package, so that its servers end with its last test and do not slow what comes after."""
