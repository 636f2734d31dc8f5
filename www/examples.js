// Configurations to start from. They name no model: that is chosen on the page.

const BREAD = `# Nine short conversations. Change anything you like.

topics:
  prompt: "Baking bread at home"
  mode: tree
  depth: 2            # levels below the prompt
  degree: 3           # subtopics of each topic

generation:
  system_prompt: "You write for people who never baked."
  instructions: "Everyday questions, short answers."
  conversation:
    type: basic       # a question and its answer

output:
  system_prompt: "You are a friendly baker." # in each record
  include_system_message: true
  num_samples: 9
  batch_size: 3       # samples written at the same time
  save_as: "bread.jsonl"
`;

const REASONING = `# Six problems, thought through before they are answered.

topics:
  prompt: "Everyday arithmetic: money, time, distances"
  mode: tree
  depth: 1
  degree: 6

generation:
  system_prompt: "You write word problems and solve them."
  instructions: "Problems of daily life; the answer is a number."
  conversation:
    type: cot         # question, reasoning, answer
    reasoning_style: freetext

output:
  system_prompt: "Think step by step, then give the answer."
  include_system_message: true
  num_samples: 6
  batch_size: 3
  save_as: "arithmetic.jsonl"
`;

const GRAPH = `# Topics as a graph: a topic may belong to several others.

topics:
  prompt: "Looking after a small garden"
  mode: graph
  prompt_style: default
  depth: 2
  degree: 4

generation:
  system_prompt: "You are a gardener whom neighbours ask."
  instructions: "Questions about one plant, place or season."
  conversation:
    type: basic

output:
  include_system_message: false
  num_samples: 20
  batch_size: 4
  save_as: "garden.jsonl"
`;

const AGENT = `# Six tasks of an agent, which works with real tools on files of its own.

topics:
  prompt: "Keeping the notes of a small club"
  mode: tree
  depth: 1
  degree: 3

generation:
  system_prompt: "You write requests of club members."
  instructions: "Short requests about what stands in the notes."
  conversation:
    type: cot
    reasoning_style: agent   # thinks, calls tools, reads results
    agent_mode: single_turn
  tools:
    components:
      builtin: [list_files, read_file]
    scenario_seed:           # the files that are there at the start
      files:
        members.md: "Ada (chair), Ben (treasurer), Cem, Dora"
        meetings.md: "Next meeting: 12 May, 7 pm, at the library."

output:
  system_prompt: "You are the club's assistant and work on its notes."
  include_system_message: true
  num_samples: 6
  batch_size: 3
  save_as: "club-agent.jsonl"
`;

/** @type {{ name: string, text: string }[]} */
export const EXAMPLES = [
  { name: "Questions and answers", text: BREAD },
  { name: "Step-by-step reasoning", text: REASONING },
  { name: "A graph of topics", text: GRAPH },
  { name: "An agent with tools", text: AGENT },
];
