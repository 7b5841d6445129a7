"""Quick actions: lines such as `/close` that GitLab takes out of a text and carries out.

https://docs.gitlab.com/user/project/quick_actions/. GitLab looks for them with one expression over the whole
text, which skips code, quotes and HTML only in these forms: a fence of exactly three backticks, for one.
"""

import re

from gitlab.store import Noteable

NAMES = """
    add_contacts add_email approve assign assign_reviewer award blocked_by blocks board_move cc clear_health_status
    clear_weight clone close confidential convert_to_ticket copy_metadata create_merge_request done draft due
    duplicate epic estimate health_status invite_email iteration label link lock merge milestone move page
    promote promote_to promote_to_incident publish react ready reassign reassign_reviewer rebase relabel relate
    remove_due_date remove_email remove_estimate remove_iteration remove_milestone remove_parent remove_time_spent
    reopen request_review set_parent severity shrug spend spend_time submit_review subscribe tableflip tag target_branch
    title todo type unapprove unassign unassign_reviewer unlabel unlock unrelate unsubscribe weight zoom
""".split()

TEXT = re.compile(
    rf"""
      (?P<skipped>
          ^```.+?\n```$
        | ^.*`\n*.+?\n*`$
        | ^<[^>]+?>\n.+?\n</[^>]+?>$
        | ^>>>.+?\n>>>$
      )
    | ^/(?P<name>{"|".join(sorted(NAMES, key=len, reverse=True))})(?:[ ](?P<argument>[^\n]*))?(?:\s*\n|$)
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL | re.IGNORECASE,
)


def extract(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The text without its quick actions, and these."""
    actions = []

    def take(match: re.Match) -> str:
        if not match["name"]:
            return match[0]
        actions.append((match["name"].lower(), match["argument"] or ""))
        return ""

    return TEXT.sub(take, text.replace("\r", "")).rstrip(), actions


def carry_out(actions: list[tuple[str, str]], noteable: Noteable) -> list[str]:
    """Does what the state here knows, and lists all."""
    for name, argument in actions:
        match name:
            case "close" | "reopen":
                noteable.set_state({"close": "closed", "reopen": "opened"}[name])
            case "title":
                noteable.title = argument
            case "confidential":
                noteable.confidential = True
            case "lock" | "unlock":
                noteable.discussion_locked = name == "lock"
            case "label" | "unlabel":
                labels = re.findall(r'~"?([^"~]+?)"?(?=\s|$)', argument)
                kept = [label for label in noteable.labels if label not in labels]
                noteable.labels = kept + (labels if name == "label" else [])
    return [f"/{name} {argument}".rstrip() for name, argument in actions]
