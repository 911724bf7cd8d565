"""The service on a broker of its own, which ends with the tests of this folder."""
