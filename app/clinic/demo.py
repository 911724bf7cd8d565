"""The people of the demo clinic. Nobody here is real."""

from dataclasses import dataclass
from datetime import date, time


@dataclass(frozen=True, slots=True)
class DemoDoctor:
    """A doctor, who is in from `opens` to `closes` on `weekdays` (0 is Monday) and rests from 12 to 13."""

    docid: str
    username: str
    firstname: str
    lastname: str
    specialization: str
    weekdays: tuple[int, ...]
    opens: time
    closes: time
    slot_minutes: int
    since: date


@dataclass(frozen=True, slots=True)
class DemoPatient:
    """A patient."""

    username: str
    firstname: str
    lastname: str
    birthday: date
    profession: str
    midname: str = ""


@dataclass(frozen=True, slots=True)
class DemoFinding:
    """What a doctor found, what the patient is to do, and the test that the doctor asks for."""

    narrative: str
    resolution: str
    test: str


DOCTORS = (
    DemoDoctor(
        "HSP-200",
        "amara.okafor",
        "Amara",
        "Okafor",
        "Cardiology",
        (0, 1, 2, 3),
        time(8),
        time(16),
        30,
        date(2014, 3, 1),
    ),
    DemoDoctor(
        "HSP-201",
        "jonas.lindqvist",
        "Jonas",
        "Lindqvist",
        "Cardiology",
        (1, 3, 4),
        time(10),
        time(18),
        45,
        date(2019, 9, 1),
    ),
    DemoDoctor(
        "HSP-202",
        "priya.raman",
        "Priya",
        "Raman",
        "Dermatology",
        (0, 1, 2, 3, 4),
        time(9),
        time(15),
        20,
        date(2017, 1, 15),
    ),
    DemoDoctor(
        "HSP-203",
        "mateo.fernandez",
        "Mateo",
        "Fernández Ruiz",
        "Pediatrics",
        (0, 2, 4),
        time(8),
        time(14),
        20,
        date(2021, 6, 1),
    ),
    DemoDoctor(
        "HSP-204", "hana.sato", "Hana", "Sato", "Pediatrics", (1, 2, 3), time(11), time(19), 30, date(2012, 11, 1)
    ),
    DemoDoctor(
        "HSP-205",
        "lea.moreau",
        "Léa",
        "Moreau",
        "Family medicine",
        (0, 1, 2, 3, 4, 5),
        time(8),
        time(17),
        15,
        date(2009, 4, 1),
    ),
)

PATIENTS = (
    DemoPatient("ana.kovac", "Ana", "Kovač", date(1987, 4, 12), "Translator"),
    DemoPatient("tomasz.wisniewski", "Tomasz", "Wiśniewski", date(1979, 11, 3), "Electrician", "Jan"),
    DemoPatient("chidi.eze", "Chidi", "Eze", date(1994, 7, 25), "Teacher"),
    DemoPatient("olga.petrova", "Ольга", "Петрова", date(1968, 2, 8), "Accountant", "Сергеевна"),
    DemoPatient("eleni.georgiou", "Ελένη", "Γεωργίου", date(1990, 9, 30), "Architect"),
    DemoPatient("liam.osullivan", "Liam", "O'Sullivan", date(2001, 1, 17), "Student"),
    DemoPatient("sofia.marchetti", "Sofia", "Marchetti", date(1955, 6, 21), "Retired"),
    DemoPatient("yusuf.demir", "Yusuf", "Demir", date(1983, 12, 5), "Baker"),
    DemoPatient("ingrid.haugen", "Ingrid", "Haugen", date(1972, 8, 14), "Nurse", "Marie"),
    DemoPatient("minh.nguyen", "Minh", "Nguyễn", date(1998, 3, 2), "Programmer", "Đức"),
    DemoPatient("grace.mbeki", "Grace", "Mbeki", date(2015, 10, 9), ""),
    DemoPatient("pedro.almeida", "Pedro", "Almeida", date(1963, 5, 28), "Fisherman"),
    DemoPatient("fatima.elamrani", "Fatima", "El Amrani", date(1991, 1, 31), "Lawyer", "Zahra"),
    DemoPatient("karl.jager", "Karl", "Jäger", date(1948, 7, 7), "Retired", "Heinz"),
    DemoPatient("mei.chen", "Mei", "Chen", date(1985, 10, 19), "Chemist"),
    DemoPatient("arjun.patel", "Arjun", "Patel", date(2009, 2, 24), ""),
    DemoPatient("nina.horvath", "Nina", "Horváth", date(1996, 12, 12), "Photographer"),
    DemoPatient("samuel.cohen", "Samuel", "Cohen", date(1970, 4, 4), "Journalist", "David"),
    DemoPatient("ruta.kazlauskiene", "Rūta", "Kazlauskienė", date(1959, 9, 16), "Librarian"),
    DemoPatient("diego.quispe", "Diego", "Quispe", date(2018, 6, 11), ""),
)

FINDINGS = {
    "Cardiology": DemoFinding(
        "Palpitations in the evening, for three weeks. Blood pressure 148/92 at rest, regular rhythm, no murmur.",
        "Measure the blood pressure each morning and write it down. Less salt and coffee. Come again in four weeks.",
        "Electrolytes and thyroid values (TSH, fT4): palpitations without a finding in the ECG",
    ),
    "Dermatology": DemoFinding(
        "Dry, itching patches on both forearms. No infection.",
        "Apply the ointment twice a day for two weeks, and avoid hot water. Come again if it spreads.",
        "Patch test for contact allergies",
    ),
    "Pediatrics": DemoFinding(
        "Cough and fever up to 38.5 °C for two days. Lungs clear, ears without finding.",
        "Rest and drink enough. Come at once if the fever lasts longer than three days.",
        "Throat swab for streptococci",
    ),
    "Family medicine": DemoFinding(
        "Tired for two months, sleeps well. Pale, otherwise nothing unusual was found.",
        "Do not change anything before the values are there. We call you about them.",
        "Blood count, ferritin and vitamin B12",
    ),
}
