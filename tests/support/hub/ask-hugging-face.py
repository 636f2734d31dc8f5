"""Hugging Face's own libraries on the tests' Hub, and on what was uploaded to it.

client ENDPOINT TOKEN FOLDER: uploads, reads back and collides as huggingface_hub does.
load ENDPOINT TOKEN FOLDER REPOSITORY...: reads uploaded datasets with `datasets`, features from their cards.
The last line of the output is JSON.
"""

import json
import os
import sys

what, endpoint, token, folder, *repositories = sys.argv[1:]
os.environ.update(HF_ENDPOINT=endpoint, HF_HUB_DISABLE_XET="1", HF_HOME=f"{folder}/home", HF_HUB_DISABLE_TELEMETRY="1")

from huggingface_hub import CommitOperationDelete, HfApi, snapshot_download  # noqa: E402
from huggingface_hub.errors import HfHubHTTPError  # noqa: E402


def client():
    api = HfApi(endpoint=endpoint, token=token)
    repository = "me/from-python"
    of = {"repo_id": repository, "repo_type": "dataset"}
    api.create_repo(repository, repo_type="dataset", private=True)
    api.create_repo(repository, repo_type="dataset", exist_ok=True)
    os.makedirs(f"{folder}/up/data", exist_ok=True)
    rows = "".join(json.dumps({"number": number, "text": "x" * 50}) + "\n" for number in range(1000))
    with open(f"{folder}/up/data/train.jsonl", "w") as file:
        file.write(rows)
    with open(f"{folder}/up/README.md", "w") as file:
        file.write("---\nlicense: mit\n---\n# Rows\n")
    first = api.upload_folder(folder_path=f"{folder}/up", **of)
    again = api.upload_folder(folder_path=f"{folder}/up", **of)
    api.create_branch(branch="next", **of)
    less = [CommitOperationDelete("README.md")]
    api.create_commit(operations=less, commit_message="less", revision="next", parent_commit=first.oid, **of)
    try:
        api.create_commit(operations=less, commit_message="less", revision="next", parent_commit=first.oid, **of)
        conflict = None
    except HfHubHTTPError as error:
        conflict = error.response.status_code
    other = f"{folder}/up/README.md"
    title = "Other rows"
    api.upload_file(path_or_fileobj=other, path_in_repo="other.md", create_pr=True, commit_message=title, **of)
    found = [(each.num, each.title, each.status, each.is_pull_request) for each in api.get_repo_discussions(repository, repo_type="dataset")]
    with open(api.hf_hub_download(filename="data/train.jsonl", **of)) as file:
        same = file.read() == rows
    return {
        "name": api.whoami()["name"],
        "files": sorted(api.list_repo_files(**of)),
        "same": same,
        "noChange": first.oid == again.oid,
        "conflict": conflict,
        "discussions": found,
    }


def load():
    import datasets

    loaded = {}
    for repository in repositories:
        place = snapshot_download(repository, repo_type="dataset", token=token, endpoint=endpoint)
        splits = datasets.load_dataset(place, cache_dir=f"{folder}/cache")
        rows = [row for split in splits.values() for row in split.select(range(min(len(split), 50)))]
        loaded[repository] = {
            "rows": {name: len(split) for name, split in splits.items()},
            "features": {name: str(feature) for name, feature in next(iter(splits.values())).features.items()},
            "last": splits["train"][-1],
            "keys": sorted({",".join(row) for row in rows}),
        }
    return {"version": datasets.__version__, "loaded": loaded}


print(json.dumps({"client": client, "load": load}[what]()))
