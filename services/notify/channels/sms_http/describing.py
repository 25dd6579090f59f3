"""Whether calls can be made and read as the settings describe them: looked at before anything is sent."""

from services.chassis.settings import WrongSettings
from services.notify.settings import SmsSettings


def check_calls(settings: SmsSettings) -> None:
    """Raise `WrongSettings` for a description of calls that cannot be made or not be read."""
    _check_body(settings)
    if settings.together is not None and settings.joined is not None:
        raise WrongSettings(
            "together tells a gateway a list, joined many numbers with the same words: leave one of them out."
        )
    if settings.together is None and settings.joined is None and settings.batch > 1:
        raise WrongSettings(
            "batch is how many SMS go in one call: say with `together` or `joined` how, or leave it out."
        )
    _check_results(settings)


def _check_body(settings: SmsSettings) -> None:
    if not settings.fields and settings.body is None:
        raise WrongSettings("there are neither fields nor a body: the gateway would be told nothing.")
    if settings.body is not None and settings.method == "GET":
        raise WrongSettings("a GET has no body: choose POST or PUT, or write fields with encoding query.")
    if settings.body is not None and settings.fields and settings.encoding != "query":
        raise WrongSettings("beside a body fields stand in the query: say encoding query, or leave them out.")


def _check_results(settings: SmsSettings) -> None:
    if settings.result_phone_at is not None and settings.results_at is None:
        raise WrongSettings(
            "result_phone_at is where each result names its number: say with results_at where these stand."
        )
    if settings.together is None:
        return
    is_readable = settings.results_at is not None and settings.code_at is not None
    if not (settings.encoding == "json" and is_readable and settings.body is None):
        raise WrongSettings("together needs encoding json, `results_at` and `code_at`, and no body.")
