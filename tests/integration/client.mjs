// The official client reads every field of a completion, and prints what it read; or the error that it throws.
import OpenAI from "openai";

const { GATEWAY, PROMPT } = process.env;
const client = new OpenAI({ baseURL: `${GATEWAY}/v1`, apiKey: "none", maxRetries: 0, timeout: 30_000 });

try {
  const { id, object, created, model, system_fingerprint, choices, usage } = await client.completions.create({
    model: "acme/writer-7b",
    prompt: PROMPT,
    seed: 9,
  });
  const numbers = [created, ...choices.map((choice) => choice.index), ...Object.values(usage)];
  console.log(
    JSON.stringify({
      id,
      object,
      created,
      model,
      system_fingerprint,
      choices: choices.map(({ index, text, finish_reason }) => ({ index, text, finish_reason })),
      usage: {
        prompt_tokens: usage.prompt_tokens,
        completion_tokens: usage.completion_tokens,
        total_tokens: usage.total_tokens,
      },
      integers: numbers.every(Number.isInteger),
    }),
  );
} catch (error) {
  const { status, code } = error;
  console.log(JSON.stringify({ error: error.constructor.name, status, code: code ?? undefined }));
}
