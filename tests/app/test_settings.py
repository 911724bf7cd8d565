"""Settings from the environment and from a file, and the sentences for wrong ones."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from app.clinic.rules import Rules
from app.settings import SettingsError, load


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine that runs the tests."""
    for name in [name for name in os.environ if name.startswith("DAMS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DAMS_DATA_DIR", str(tmp_path))


def test_without_settings_the_service_listens_on_loopback_with_sqlite(tmp_path: Path) -> None:
    settings = load()
    assert (settings.host, settings.engine) == ("127.0.0.1", "embedded")
    assert settings.database == f"sqlite:///{tmp_path / 'dams.db'}"


def test_the_data_folder_is_made_for_nobody_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DAMS_DATA_DIR", str(tmp_path / "made"))
    assert stat.S_IMODE(load().made_data_dir().stat().st_mode) == 0o700


def test_a_variable_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "dams.toml"
    file.write_text('port = 8100\nclinic_name = "Hill Clinic"\n')
    monkeypatch.setenv("DAMS_CONFIG", str(file))
    monkeypatch.setenv("DAMS_PORT", "8200")
    settings = load()
    assert (settings.port, settings.clinic_name) == (8200, "Hill Clinic")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DAMS_PORT", "0", "DAMS_PORT: Input should be greater than or equal to 1."),
        ("DAMS_JOB_TYPES_ELSEWHERE", "a,,b", "DAMS_JOB_TYPES_ELSEWHERE: String should have at least 1 character."),
        ("DAMS_PORT", "http", "DAMS_PORT: Input should be a valid integer"),
        ("DAMS_CANCEL_CUTOFF", "24", "DAMS_CANCEL_CUTOFF: use a duration of ISO 8601, such as P1D for a day"),
        ("DAMS_CANCEL_CUTOFF", "-P1D", "DAMS_CANCEL_CUTOFF: use a duration of ISO 8601"),
        ("DAMS_REMINDER_OFFSETS", "P1D,P1M", "DAMS_REMINDER_OFFSETS: use a duration of ISO 8601"),
        ("DAMS_OFFER_LIFETIME", "PT0S", "DAMS_OFFER_LIFETIME: Input should be greater than 0"),
        ("DAMS_PAYMENT_HOLD", "P2Y", "DAMS_PAYMENT_HOLD: use a duration of ISO 8601"),
        ("DAMS_SMTP_HOST", "mail.example.org", "mail needs a sender: set DAMS_MAIL_SENDER"),
        ("DAMS_AIRFLOW_URL", "localhost:8080", "DAMS_AIRFLOW_URL: use http://HOST:PORT or https://HOST."),
        ("DAMS_AIRFLOW_USER", "admin", "DAMS_AIRFLOW_URL, DAMS_AIRFLOW_USER and DAMS_AIRFLOW_PASSWORD go together"),
        ("DAMS_AIRFLOW_TIMEOUT", "PT2M", "DAMS_AIRFLOW_TIMEOUT: Input should be less than or equal to 1 minute."),
        ("DAMS_SMTP_USER", "dams", "DAMS_SMTP_USER and DAMS_SMTP_PASSWORD go together"),
        ("DAMS_SMTP_SECURITY", "ssl", "DAMS_SMTP_SECURITY: Input should be 'starttls', 'tls' or 'none'"),
        ("DAMS_MAIL_SENDER", "desk\nBcc: x@y.zz", "DAMS_MAIL_SENDER: The character U+000A can't be used here."),
        ("DAMS_PUBLIC_URL", "clinic.example", "DAMS_PUBLIC_URL: use an address such as https://clinic.example"),
        ("DAMS_PUBLIC_URL", "javascript://x", "DAMS_PUBLIC_URL: use an address such as https://clinic.example"),
        ("DAMS_TIME_ZONE", "Mars/Base", "DAMS_TIME_ZONE: 'Mars/Base' is no time zone"),
        ("DAMS_DATABASE_URL", "mysql://x", "DAMS_DATABASE_URL: use sqlite:///FILE or postgresql"),
        ("DAMS_ENGINE", "abacus", "DAMS_ENGINE: Input should be 'embedded', 'zeebe' or 'temporal'."),
        ("DAMS_SECRET_KEY", "short", "secret_key is too short"),
        ("DAMS_ENVIRONMENT", "production", "production needs a secret_key"),
        ("DAMS_DATABASE_URL", "sqlite:///", "DAMS_DATABASE_URL: an SQLite database needs a file"),
        ("DAMS_TRUSTED_PROXIES", "-1", "DAMS_TRUSTED_PROXIES: Input should be greater than or equal to 0."),
        ("DAMS_RATE_LIMIT_STORAGE", "mongodb://x", "DAMS_RATE_LIMIT_STORAGE: use memory:// or redis://"),
        ("DAMS_OPENID_ISSUER", "https://id.example", "DAMS_OPENID_CLIENT_ID and DAMS_OPENID_CLIENT_SECRET go together"),
        ("DAMS_OPENID_CLIENT_SECRET", "secret", "DAMS_OPENID_CLIENT_SECRET go together: set all or none"),
        ("DAMS_OPENID_LABEL", "", "DAMS_OPENID_LABEL: String should have at least 1 character."),
        ("DAMS_OPENID_NEW_PATIENTS", "perhaps", "DAMS_OPENID_NEW_PATIENTS: Input should be a valid boolean"),
        ("DAMS_CORS_ORIGINS", "*", "DAMS_CORS_ORIGINS: '*' is no site; use https://app.example, with commas between"),
        ("DAMS_CORS_ORIGINS", "https://*.example", "DAMS_CORS_ORIGINS: 'https://*.example' is no site"),
        ("DAMS_CORS_ORIGINS", "app.example", "DAMS_CORS_ORIGINS: 'app.example' is no site"),
        ("DAMS_CORS_ORIGINS", "null", "DAMS_CORS_ORIGINS: 'null' is no site"),
        ("DAMS_CORS_ORIGINS", "https://app.example/", "DAMS_CORS_ORIGINS: 'https://app.example/' is no site"),
        ("DAMS_CORS_ORIGINS", "https://a.example,ftp://b.example", "DAMS_CORS_ORIGINS: 'ftp://b.example' is no site"),
        ("DAMS_PROT", "8000", "Unknown settings: DAMS_PROT. Known are"),
        ("DAMS_CONFIG", "/no/such.toml", "DAMS_CONFIG names /no/such.toml, which is no file."),
    ],
)
def test_a_wrong_setting_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load()
    assert sentence in str(refused.value)


def test_an_unknown_or_broken_entry_of_the_file_is_told_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "dams.toml"
    monkeypatch.setenv("DAMS_CONFIG", str(file))
    file.write_text("prot = 1\n")
    with pytest.raises(SettingsError, match="DAMS_PROT: Extra inputs are not permitted"):
        load()
    file.write_text("port = \n")
    with pytest.raises(SettingsError, match=r"dams\.toml is no TOML"):
        load()


def test_a_development_secret_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    first = load().session_secret()
    assert first == load().session_secret()
    assert len(first) >= 32
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_all_who_ask_at_once_get_the_same_secret_whole(tmp_path: Path) -> None:
    settings = load()
    with ThreadPoolExecutor(16) as threads:
        secrets = set(threads.map(lambda _: settings.kept_secret("shared", 32), range(64)))
    assert {len(secret) for secret in secrets} == {43}
    assert len(secrets) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["shared"]


def test_a_data_folder_that_cannot_be_made_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DAMS_DATA_DIR", str(tmp_path / "file" / "var"))
    with pytest.raises(SettingsError, match=r"DAMS_DATA_DIR: .* can't be made: Not a directory"):
        load().session_secret()


def test_the_core_of_a_process_is_chosen_in_the_file_or_by_a_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert load().cores == {}
    file = tmp_path / "dams.toml"
    file.write_text('[cores]\nappointment = "spiff"\n')
    monkeypatch.setenv("DAMS_CONFIG", str(file))
    assert load().cores == {"appointment": "spiff"}
    monkeypatch.setenv("DAMS_CORES", '{"referral": "dams"}')
    assert load().cores == {"appointment": "spiff", "referral": "dams"}
    monkeypatch.setenv("DAMS_CORES", "appointment=spiff")
    with pytest.raises(SettingsError, match="DAMS_CORES: use JSON"):
        load()
    monkeypatch.setenv("DAMS_CORES", '{"appointment": "camunda"}')
    with pytest.raises(SettingsError, match="DAMS_CORES: Input should be 'dams' or 'spiff'"):
        load()


def test_rules_are_durations_and_lists_of_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert load().rules == Rules()
    file = tmp_path / "dams.toml"
    file.write_text('reminder_offsets = ["P2D", "PT90M"]\ncancel_cutoff = "PT0S"\n')
    monkeypatch.setenv("DAMS_CONFIG", str(file))
    monkeypatch.setenv("DAMS_PAYMENT_REMINDERS", "P1D, P1DT12H")
    rules = load().rules
    assert rules.reminder_offsets == (timedelta(days=2), timedelta(minutes=90))
    assert rules.payment_reminders == (timedelta(days=1), timedelta(hours=36))
    assert rules.cancel_cutoff == timedelta()


def test_links_of_mails_lead_to_the_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().address == "http://127.0.0.1:8000"
    monkeypatch.setenv("DAMS_PUBLIC_URL", "https://clinic.example/dams/")
    assert load().address == "https://clinic.example/dams"


def test_a_production_clinic_that_sends_mail_says_where_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"ENVIRONMENT": "production", "SECRET_KEY": "x" * 32, "SMTP_HOST": "mail", "MAIL_SENDER": "a@b.example"}
    for name, value in given.items():
        monkeypatch.setenv(f"DAMS_{name}", value)
    with pytest.raises(SettingsError, match="set DAMS_PUBLIC_URL"):
        load()
    monkeypatch.setenv("DAMS_PUBLIC_URL", "https://clinic.example")
    assert load().address == "https://clinic.example"


def test_people_sign_in_by_a_provider_that_is_named_whole_and_reached_safely(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().openid_issuer == ""
    for name, value in {"ISSUER": "https://id.example", "CLIENT_ID": "dams", "CLIENT_SECRET": "secret"}.items():
        monkeypatch.setenv(f"DAMS_OPENID_{name}", value)
    settings = load()
    assert (settings.openid_issuer, settings.openid_client_id) == ("https://id.example", "dams")
    assert (settings.openid_label, settings.openid_new_patients) == ("Sign in with OpenID Connect", False)
    assert "'secret'" not in repr(settings)
    for safe in ("http://localhost:9000", "http://127.0.0.1:9000"):
        monkeypatch.setenv("DAMS_OPENID_ISSUER", safe)
        assert load().openid_issuer == safe
    for unsafe in ("http://id.example", "id.example", "http://localhost.evil.example"):
        monkeypatch.setenv("DAMS_OPENID_ISSUER", unsafe)
        with pytest.raises(SettingsError, match="DAMS_OPENID_ISSUER is not safe: use https://HOST"):
            load()


def test_the_sites_whose_pages_may_call_are_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert load().cors_origins == ()
    monkeypatch.setenv("DAMS_CORS_ORIGINS", "https://app.example,http://localhost:3000")
    assert load().cors_origins == ("https://app.example", "http://localhost:3000")
    monkeypatch.delenv("DAMS_CORS_ORIGINS")
    file = tmp_path / "dams.toml"
    file.write_text('cors_origins = ["https://desk.example:8443"]\n')
    monkeypatch.setenv("DAMS_CONFIG", str(file))
    assert load().cors_origins == ("https://desk.example:8443",)


def test_a_password_is_never_sent_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"USER": "dams", "PASSWORD": "secret", "SECURITY": "none"}.items():
        monkeypatch.setenv(f"DAMS_SMTP_{name}", value)
    with pytest.raises(SettingsError, match="not sent in the clear"):
        load()


def test_engines_are_chosen_for_all_or_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().engines_elsewhere == set()
    monkeypatch.setenv("DAMS_ENGINES", '{"referral": "zeebe", "diagnosis": "embedded"}')
    monkeypatch.setenv("DAMS_ENGINE", "temporal")
    settings = load()
    assert settings.chosen_engines == {"referral": "zeebe", "diagnosis": "embedded", "*": "temporal"}
    assert settings.engines_elsewhere == {"zeebe", "temporal"}
    monkeypatch.setenv("DAMS_ENGINES", "referral=zeebe")
    with pytest.raises(SettingsError, match="DAMS_ENGINES: use JSON"):
        load()


def test_engines_are_found_where_their_own_tools_find_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEEBE_ADDRESS", "zeebe:26500")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal:7233")
    monkeypatch.setenv("DAMS_TEMPORAL_ADDRESS", "elsewhere:7233")
    settings = load()
    assert (settings.zeebe_address, settings.temporal_address) == ("zeebe:26500", "elsewhere:7233")


def test_tokens_for_zeebe_are_not_sent_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ID": "us", "SECRET": "secret"}.items():
        monkeypatch.setenv(f"DAMS_ZEEBE_CLIENT_{name}", value)
    with pytest.raises(SettingsError, match="needs zeebe_oauth_url, and TLS"):
        load()
    monkeypatch.setenv("DAMS_ZEEBE_OAUTH_URL", "https://tokens.example/oauth/token")
    monkeypatch.setenv("DAMS_ZEEBE_SECURE", "true")
    assert load().zeebe_secure


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("DAMS_ENGINE", "flowable", "'embedded', 'zeebe' or 'temporal'"),
        ("DAMS_ZEEBE_ADDRESS", "zeebe", "use HOST:PORT"),
        ("DAMS_TEMPORAL_ADDRESS", "temporal:99999", "use HOST:PORT"),
        ("DAMS_ZEEBE_CLIENT_ID", "us", "go together"),
        ("DAMS_ZEEBE_CLUSTER_REGION", "bru-2", "go together"),
        ("DAMS_TEMPORAL_TLS_KEY", "key.pem", "go together"),
    ],
)
def test_engines_that_cannot_be_reached_so_are_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=why):
        load()
