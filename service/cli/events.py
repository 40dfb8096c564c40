"""`tocsin events`: what happened, and who says so."""

from datetime import timedelta
from typing import Annotated, Any

import typer

from service.bootstrap import App
from service.bootstrap.curating import event_id_of
from service.bootstrap.past import Span, kind_of, span_of
from service.cli import bonds, event_edits, output
from service.core.codec import count_text, development_json, event_json, instant, relation_json
from service.core.errors import BadInput
from service.core.event import Account, Claim, Event
from service.settings import load

events = typer.Typer(no_args_is_help=True, help="Events. Example: tocsin events list --days 2")

for command in (
    event_edits.merge,
    event_edits.split,
    event_edits.part,
    event_edits.remove,
    event_edits.retract,
    event_edits.correct,
    event_edits.undo,
    event_edits.log,
):
    events.command(command.__name__)(command)

events.command("bonds")(bonds.bonds)

DAYS, MOST_DAYS = 7, 36500

SHOWN = (
    "place",
    "occurred",
    "weapon",
    "actor",
    "target",
    "killed",
    "injured",
    "children_killed",
    "missing",
    "status",
    "venue",
    "planned",
    "duration_h",
)

JsonFlag = Annotated[bool, typer.Option("--json", help="one JSON document")]


@events.command("list")
def list_events(
    *,
    days: Annotated[float | None, typer.Option(help="how far back; 7 if nothing is given")] = None,
    from_: Annotated[str, typer.Option("--from", help="2026-03-01, or 2026-03-01T12:00Z: no earlier activity")] = "",
    to: Annotated[str, typer.Option("--to", help="the same: no later activity; a day is in it whole")] = "",
    kind: Annotated[str | None, typer.Option(help="strike or talks")] = None,
    country: Annotated[str | None, typer.Option(help="ISO 3166-1 alpha-2: UA")] = None,
    limit: Annotated[int, typer.Option(min=1, help="how many at most")] = 100,
    as_json: JsonFlag = False,
) -> None:
    """List events, latest activity first: of the last days, or of any interval.

    Example: tocsin events list --country UA --from 2026-03-01 --to 2026-03-07 --json
    """
    if days is not None and (from_ or to):
        raise typer.BadParameter("give either --days or --from and --to", param_hint="--days")
    if not 0 < (days or DAYS) <= MOST_DAYS:
        raise typer.BadParameter(f"above 0, at most {MOST_DAYS}", param_hint="--days")
    with output.asked():
        span, wanted = span_of(from_, to), kind_of(kind or "")
    with App(load()) as app, app.store.read() as tx:
        span = span or Span(since=app.clock.now() - timedelta(days=days or DAYS))
        found = tx.events.recent(
            limit=limit + 1,
            kind=wanted,
            country=country and country.upper(),
            since=span.since,
            until=span.until,
        )
    if len(found) > limit:
        found = found[:limit]
        output.complain(BadInput("there are more", hint=f"--limit is {limit}; --to ends the list earlier"))
    if as_json:
        output.document([event_json(event) for event in found])
        return
    output.table(
        ("id", "last seen", "kind", "where", "killed", "injured", "status", "sources", "headline"),
        [
            (
                event.event_id,
                f"{event.last_seen:%d %b %H:%M}",
                event.kind if event.state == "live" else f"{event.kind} ({event.state})",
                ", ".join(filter(None, (event.place.name, event.place.country))) if event.place else "",
                count_text(event.killed),
                count_text(event.injured),
                event.status,
                f"{event.sources} of {event.reports}",
                event.headline,
            )
            for event in found
        ],
        empty="No events in this time.",
    )


@events.command("show")
def show_event(
    event: Annotated[str, typer.Argument(help="id or link, see tocsin events list")], *, as_json: JsonFlag = False
) -> None:
    """Show one event: its facts, who says so in which words, and its history.

    Example: tocsin events show 17
    """
    with output.asked():
        event_id = event_id_of(event)
    with App(load()) as app, app.store.read() as tx:
        found = tx.events.get(event_id)
        claims, accounts = tx.events.claims(event_id), tx.events.accounts(event_id)
        developments, relations = tx.events.developments(event_id), tx.events.relations(event_id)
    data = event_json(found) | {
        "developments": [development_json(item) for item in developments],
        "relations": [relation_json(item) for item in relations],
        "claims": [_claim_json(claim) for claim in claims],
        "accounts": [_account_json(account) for account in accounts],
    }
    if as_json:
        output.document(data)
        return
    _say_event(found, data)


def _say_event(event: Event, data: dict[str, Any]) -> None:
    output.say(f"{event.kind} {event.event_id}, revision {event.revision}, {event.state}: {event.headline}")
    for name in SHOWN:
        if data[name]:
            output.say(f"  {name}: {output.dumps(data[name])}")
    output.say(f"  {event.sources} independent sources in {event.reports} reports, confidence {event.confidence:.2f}")
    for relation in data["relations"]:
        how = relation["how"].replace("_", " ")
        output.say(f"  event {relation['event_id']} {how} {relation['other_id']}: {relation['reason']}")
    for claim in data["claims"]:
        output.say(f"  {claim['field']} = {output.dumps(claim['value'])}  {claim['outlet']}: “{claim['quote']}”")
    for item in data["developments"]:
        output.say(f"  {item['at']} {item['change']}: {item['reason']}")
    for account in data["accounts"]:
        said = f"{account['decision']}: {account['outlet']}: {account['title']} ({account['reason']})"
        output.say(f"  {account['told_at']} report {account['report_id']}, {said}")


def _claim_json(claim: Claim) -> dict[str, Any]:
    return {
        "field": claim.field,
        "value": claim.value,
        "outlet": claim.outlet,
        "url": claim.url,
        "quote": claim.quote,
        "told_at": instant(claim.told_at),
        "copy": claim.copy,
    }


def _account_json(account: Account) -> dict[str, Any]:
    return {
        "report_id": account.report_id,
        "entry_id": account.entry_id,
        "outlet": account.outlet,
        "url": account.url,
        "title": account.title,
        "told_at": instant(account.told_at),
        "decision": account.decision,
        "reason": account.reason,
    }
