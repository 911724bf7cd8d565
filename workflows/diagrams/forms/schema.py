"""The vocabulary of form-js schemas, versions 1 to 19: what is read, what is only drawing, what is refused."""

from workflows.diagrams.forms.model import FieldType

FORM_PROPERTIES = frozenset({
    "$schema", "components", "exporter", "executionPlatform", "executionPlatformVersion", "generated", "id",
    "schemaVersion", "type", "versionTag",
})  # fmt: skip
"""Properties of a form: all but `id` and `components` say only who saved it for which platform."""

LAYOUT_ONLY = frozenset({"spacer", "separator"})

_USE_FIELDS = "Replace it by a group with one field for each value."
_USE_TEXT = "Use a text component."
_USE_TASK = "Compute the value in a script task or an output mapping, and show it in a text component."
REFUSED = {
    "dynamiclist": _USE_FIELDS,
    "table": "Use a text component, or options of a radio group to choose a row.",
    "iframe": "Put a link into a text component.",
    "image": _USE_TEXT,
    "html": _USE_TEXT,
    "expression": _USE_TASK,
    "filepicker": "Let a service task receive the file, and a user task ask whether it has arrived.",
    "documentPreview": "Put a link to the document into a text component.",
    "multipage": "Draw one user task for each page.",
    "page": "Draw one user task for each page.",
}

INPUT_TYPES = {
    "textfield": FieldType.STRING,
    "textarea": FieldType.TEXTAREA,
    "number": FieldType.NUMBER,
    "checkbox": FieldType.BOOLEAN,
    "checklist": FieldType.CHECKLIST,
    "radio": FieldType.RADIO,
    "select": FieldType.SELECT,
    "taglist": FieldType.TAGLIST,
    "datetime": FieldType.DATE,
}
DATE_TYPES = {"date": FieldType.DATE, "time": FieldType.TIME, "datetime": FieldType.DATETIME}

_ANY = frozenset({"type", "id", "layout", "properties", "conditional"})
_INPUT = _ANY | {"key", "label", "description", "readonly", "disabled", "validate", "defaultValue"}
_CHOICE = _INPUT | {"values", "valuesKey", "valuesExpression"}
PROPERTIES = {
    "textfield": _INPUT | {"appearance"},
    "textarea": _INPUT,
    "number": _INPUT | {"appearance", "increment", "decimalDigits", "serializeToString"},
    "checkbox": _INPUT,
    "checklist": _CHOICE,
    "radio": _CHOICE,
    "select": _CHOICE | {"searchable"},
    "taglist": _CHOICE,
    "datetime": _INPUT
    | {"subtype", "dateLabel", "timeLabel", "use24h", "timeSerializingFormat", "timeInterval", "disallowPassedDates"},
    "text": _ANY | {"text", "label"},
    "group": _ANY | {"label", "path", "components", "showOutline", "verticalAlignment"},
    "button": _ANY | {"label", "action"},
    "spacer": _ANY | {"height"},
    "separator": _ANY,
}
"""The properties of each component. `layout`, `properties`, `searchable`, `dateLabel`, `timeLabel`, `use24h`,
`showOutline`, `verticalAlignment` and `height` change how it looks, never what is entered."""

_TEXT_RULES = frozenset({"required", "minLength", "maxLength"})
VALIDATIONS = {
    "textfield": _TEXT_RULES | {"pattern", "validationType"},
    "textarea": _TEXT_RULES,
    "number": frozenset({"required", "min", "max"}),
}
DEFAULT_VALIDATIONS = frozenset({"required"})
