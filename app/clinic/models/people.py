"""Who signs in, and what the clinic knows about them."""

from datetime import date, datetime
from enum import IntEnum
from uuid import uuid4

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clinic.models.base import Base
from app.clinic.models.types import Numbered


class Role(IntEnum):
    """What a login may do."""

    ADMINISTRATOR = 0
    DOCTOR = 1
    PATIENT = 2


class Login(Base):
    """An account; its id is random, so that it can stand in sessions and addresses."""

    __tablename__ = "login"
    __table_args__ = (CheckConstraint("role IN (0, 1, 2)", name="role"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=lambda: str(uuid4()))
    username: Mapped[str] = mapped_column(String(40), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(Numbered(Role))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Person:
    """The columns of everybody who has a login."""

    login_id: Mapped[str] = mapped_column(ForeignKey("login.id"), unique=True)
    firstname: Mapped[str] = mapped_column(String(50))
    midname: Mapped[str] = mapped_column(String(50), default="")
    lastname: Mapped[str] = mapped_column(String(50))
    name_key: Mapped[str] = mapped_column(String(200), index=True)
    """The names without case and accents, family name first: all databases search and sort it alike."""
    email: Mapped[str] = mapped_column(String(254))
    mobile: Mapped[str] = mapped_column(String(20))

    @property
    def full_name(self) -> str:
        """The names in the order in which they are spoken."""
        return " ".join(name for name in (self.firstname, self.midname, self.lastname) if name)


class Administrator(Person, Base):
    """A member of staff who runs the clinic."""

    __tablename__ = "administrator"

    empid: Mapped[str] = mapped_column(String(12), primary_key=True)
    position: Mapped[str] = mapped_column(String(100))
    date_started: Mapped[date]
    login: Mapped[Login] = relationship(lazy="joined", innerjoin=True)


class Doctor(Person, Base):
    """A doctor, whose `docid` is the clinic's staff number, such as HSP-200."""

    __tablename__ = "doctor"

    docid: Mapped[str] = mapped_column(String(12), primary_key=True)
    position: Mapped[str] = mapped_column(String(100))
    specialization: Mapped[str] = mapped_column(String(100), index=True)
    date_started: Mapped[date]
    login: Mapped[Login] = relationship(lazy="joined", innerjoin=True)


class Patient(Person, Base):
    """A patient, numbered by the clinic; registered when the login was created."""

    __tablename__ = "patient"

    patientid: Mapped[int] = mapped_column(primary_key=True)
    birthday: Mapped[date]
    profession: Mapped[str] = mapped_column(String(100), default="")
    address: Mapped[str] = mapped_column(String(100), default="")
    login: Mapped[Login] = relationship(lazy="joined", innerjoin=True)
