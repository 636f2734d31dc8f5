"""Asks DeepFabric itself: does it take our records and topics, and know the topics by the same ids?

Reads <folder>/{tree,graph,single_turn,multi_turn}.jsonl (records) and {tree.topics.jsonl,graph.topics.json}, writes
what DeepFabric makes of the topics to deepfabric.{tree.jsonl,graph.json}, and prints one JSON object.
"""

import json
import os
import sys

os.environ.update(
    ANONYMIZED_TELEMETRY="False",
    DEEPFABRIC_NO_UPDATE_CHECK="1",
    DEEPFABRIC_TESTING="True",
    HF_HUB_OFFLINE="1",
    OPENAI_API_KEY="none",
)

from deepfabric.graph import Graph  # noqa: E402
from deepfabric.schemas import Conversation  # noqa: E402
from deepfabric.tree import Tree  # noqa: E402

folder = sys.argv[1]


def lines(name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def ids(topics):
    return sorted(topic.uuid for topic in topics.get_unique_topics())


for name in ("tree.jsonl", "graph.jsonl", "single_turn.jsonl", "multi_turn.jsonl"):
    for record in lines(name):
        if name == "multi_turn.jsonl":
            # Versions since 4.10 write no such records any more, and know no other mode.
            record["agent_context"]["mode"] = "single_turn"
        Conversation.model_validate(record)

tree = Tree(topic_prompt="x", provider="openai", model_name="gpt-4o")
tree.from_dict_list(lines("tree.topics.jsonl"))
tree.save(os.path.join(folder, "deepfabric.tree.jsonl"))
graph = Graph.from_json(
    os.path.join(folder, "graph.topics.json"), {"topic_prompt": "x", "model_name": "gpt-4o", "provider": "openai"}
)
graph.save(os.path.join(folder, "deepfabric.graph.json"))
print(json.dumps({"tree": ids(tree), "graph": ids(graph)}))
