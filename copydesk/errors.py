"""The exceptions copydesk raises on purpose. Each message says where, what, and what to do next."""


class CopydeskError(Exception):
    """Base of every error a caller may want to catch."""


class WrongUseError(CopydeskError):
    """The call itself cannot be carried out: a folder that does not exist, an unknown setting."""


class RuleError(WrongUseError):
    """A rule file breaks its format."""


class UnreadableSourceError(CopydeskError):
    """A source file or record cannot become a document.

    Attributes:
        reason: a short code from `copydesk.reading.decode.REASONS`, kept in quarantine.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class ContractError(CopydeskError):
    """A table does not have the columns its contract names."""


class ChecksFailedError(CopydeskError):
    """A table-level expectation failed or raised, or no source became a document; nothing was published."""


class DeliveryRefusedError(ChecksFailedError):
    """The delivery is unlike the ones before, and the settings say that such a one is not published."""


class SourcesGoneError(CopydeskError):
    """Most of the source files have disappeared since the last version; nothing was published."""


class DatasetBusyError(CopydeskError):
    """Another run holds the dataset's lock."""


class ServerGoneError(CopydeskError):
    """The Prefect server stopped answering during a run."""


class RemoteError(CopydeskError):
    """A place on another machine does not answer, or refuses."""


class WorkersLostError(CopydeskError):
    """A process that did a part of a run's work ended without a word."""


class StoppedError(CopydeskError):
    """The run that this work was for was stopped."""
