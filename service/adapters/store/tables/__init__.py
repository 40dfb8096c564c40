"""The tables. Nothing outside adapters/store may import them.

They hold what the values in core say; those are validated where they are made, so these are not. Each state column
notes the transitions that lead to each state.
"""

from service.adapters.store.tables.base import Base
from service.adapters.store.tables.curation import ActRow, BondRow, ExampleRow
from service.adapters.store.tables.entries import EntryRevisionRow, EntryRow
from service.adapters.store.tables.events import ClaimRow, DevelopmentRow, EventRow, RelationRow, ReportRow, TraceRow
from service.adapters.store.tables.feeds import ArticleRow, FeedAddressRow, FeedRow, HostRow, PollRow, PushRow
from service.adapters.store.tables.outbox import AttemptRow, BodyRow, DigestRow, EndingRow, OutboxRow, ReturnRow
from service.adapters.store.tables.records import (
    DecisionRow,
    HeartbeatRow,
    RuleFileBeforeRow,
    RuleFileRow,
    RuleVersionRow,
)
from service.adapters.store.tables.rules import (
    FiringRow,
    HeldBackRow,
    MentionRow,
    MomentRow,
    RuleHoldRow,
    RuleMatchRow,
)
from service.adapters.store.tables.subscriptions import ChannelRow, ConsentRow, SubscriptionRow
from service.adapters.store.tables.users import GuessRow, SessionRow, TokenRow, UserRow

__all__ = [
    "ActRow",
    "ArticleRow",
    "AttemptRow",
    "Base",
    "BodyRow",
    "BondRow",
    "ChannelRow",
    "ClaimRow",
    "ConsentRow",
    "DecisionRow",
    "DevelopmentRow",
    "DigestRow",
    "EndingRow",
    "EntryRevisionRow",
    "EntryRow",
    "EventRow",
    "ExampleRow",
    "FeedAddressRow",
    "FeedRow",
    "FiringRow",
    "GuessRow",
    "HeartbeatRow",
    "HeldBackRow",
    "HostRow",
    "MentionRow",
    "MomentRow",
    "OutboxRow",
    "PollRow",
    "PushRow",
    "RelationRow",
    "ReportRow",
    "ReturnRow",
    "RuleFileBeforeRow",
    "RuleFileRow",
    "RuleHoldRow",
    "RuleMatchRow",
    "RuleVersionRow",
    "SessionRow",
    "SubscriptionRow",
    "TokenRow",
    "TraceRow",
    "UserRow",
]
