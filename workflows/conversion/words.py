"""The names that a converted diagram and those who run it agree on."""

from typing import Final

BUSINESS_KEY: Final = "damsBusinessKey"
"""The variable that holds the business key of an instance."""

SCRIPT_JOB: Final = "dams:script"
"""The job type of a Python script task."""

MESSAGE_JOB: Final = "dams:publish-message"
"""The job type of a message that the process throws."""

MESSAGE_NAME: Final = "damsMessageName"
CORRELATION_KEY: Final = "damsCorrelationKey"
VARIABLES: Final = "variables"
"""The header with the names of the variables that a thrown message carries, with commas between them."""

ERROR_CODE: Final = "damsErrorCode"
ERROR_MESSAGE: Final = "damsErrorMessage"
"""The variables that a worker throws a BPMN error with: its code and its text."""

SCRIPT: Final = "script"
RESULT_VARIABLE: Final = "resultVariable"
RETRY_BACKOFF: Final = "retryBackoff"
