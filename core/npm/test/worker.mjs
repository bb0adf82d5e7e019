import { budgetSummary, init } from '/package/index.js';

self.onmessage = async ({ data }) => {
  await init();
  self.postMessage(budgetSummary(data));
};
