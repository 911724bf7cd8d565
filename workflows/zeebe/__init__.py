"""Zeebe, the broker of Camunda 8, behind the port."""
