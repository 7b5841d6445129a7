"""Reads from the stand-in with python-gitlab, which knows GitLab's API and nothing of the stand-in."""

import json
import os

import gitlab


def status(call: object) -> int:
    try:
        call()
    except gitlab.exceptions.GitlabError as error:
        return error.response_code
    return 200


client = gitlab.Gitlab(os.environ["URL"], private_token=os.environ["TOKEN"])
client.auth()
project = client.projects.get(f"{os.environ['ROOT']}/payments/api")
group = client.groups.get(os.environ["GROUP"])
listed = list(
    client.projects.list(iterator=True, membership=True, pagination="keyset", order_by="id", sort="asc", per_page=50)
)
free = client.projects.get(os.environ["FREE"])
print(
    json.dumps(
        {
            "project": project.id,
            "path": project.path_with_namespace,
            "moved": client.projects.get(f"{os.environ['ROOT']}/payments/old").id,
            "environments": [[one.name, one.tier] for one in project.environments.list(get_all=True)],
            "protected": [one.name for one in project.protected_environments.list(get_all=True)],
            "group": group.full_path,
            "tiers": [one["name"] for one in client.http_list(f"/groups/{group.id}/protected_environments", get_all=True)],
            "listed": len(listed),
            "archived": sum(one.archived for one in listed),
            "free": status(lambda: free.protected_environments.list(get_all=True)),
            "missing": status(lambda: client.projects.get(1)),
            "write": status(lambda: project.issues.create({"title": "x"})),
        }
    )
)
