// The official client reads every field of a completion, or of a stream's chunks, and prints what it read; or the error
// that it throws.
import OpenAI from "openai";

const { GATEWAY, PROMPT, STREAM } = process.env;
const client = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: "none", maxRetries: 0, timeout: 30_000 });
const question = { model: "acme/writer-7b", prompt: PROMPT, seed: 9 };

const fields = ({ index, text, finish_reason }) => ({ index, text, finish_reason });
const tokens = (usage) =>
  usage && {
    prompt_tokens: usage.prompt_tokens,
    completion_tokens: usage.completion_tokens,
    total_tokens: usage.total_tokens,
  };

async function whole() {
  const { id, object, created, model, system_fingerprint, choices, usage } = await client.completions.create(question);
  const numbers = [created, ...choices.map((choice) => choice.index), ...Object.values(usage)];
  const integers = numbers.every(Number.isInteger);
  return { id, object, created, model, system_fingerprint, choices: choices.map(fields), usage: tokens(usage), integers };
}

const read = { choices: [], usage: null };

async function streamed() {
  const stream_options = { include_usage: STREAM === "usage" };
  for await (const chunk of await client.completions.create({ ...question, stream: true, stream_options })) {
    read.model = chunk.model;
    read.choices.push(...chunk.choices.map(fields));
    read.usage = tokens(chunk.usage) ?? read.usage;
  }
  return read;
}

try {
  console.log(JSON.stringify(await (STREAM ? streamed() : whole())));
} catch (error) {
  const { status, code, message } = error;
  const before = STREAM ? { before: read.choices.map((choice) => choice.text).join(""), message } : {};
  console.log(JSON.stringify({ error: error.constructor.name, status, code: code ?? undefined, ...before }));
}
