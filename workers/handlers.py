"""The files of handlers, by subject: what a service runs its jobs with."""

from workers import absence, appointment, billing, diagnosis, document, life, notice, payment, waiting_list

HANDLERS = (absence, appointment, billing, diagnosis, document, life, notice, payment, waiting_list)
