// A plan of a thousand packages: more products than the sandbox sellers have, so the page's answer about the selection is made up.

/** @param {number} offset days from today */
export const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

/**
 * Flight and pacing periods of a draft with so many weeks.
 * @param {number} weeks
 */
export function weekly(weeks) {
  return {
    flightDates: { startDate: day(10), endDate: day(9 + weeks * 7) },
    budget: { total: 3_000_000 },
    pacingPeriods: {
      mode: 'weight',
      periods: Array.from({ length: weeks }, (_, index) => ({
        label: `Week ${index + 1}`,
        start: day(10 + index * 7),
        end: day(16 + index * 7),
        weight: 1 + (index % 3) / 4,
      })),
    },
  };
}

/**
 * Stands in for the server's answers about a selection of so many products: what is sent is taken.
 * @param {string} session the discovery session
 * @param {number} count
 * @returns {(route: import('@playwright/test').Route) => Promise<void>}
 */
export function selling(session, count) {
  const answer = selection(session, count);
  return async (route) => {
    /** @type {{products: {productId: string, budget?: string}[]}} */
    const sent = route.request().postDataJSON() ?? { products: [] };
    for (const { productId, budget } of sent.products) {
      const product = answer.data.products.find((one) => one.productId === productId);
      if (product && budget !== undefined) product.budget = Number(budget);
    }
    answer.data.revision += sent.products.length > 0 ? 1 : 0;
    await route.fulfill({ json: answer });
  };
}

/**
 * @param {string} session
 * @param {number} count
 */
function selection(session, count) {
  const products = Array.from({ length: count }, (_, index) => ({
    productId: `product_${index}`,
    salesAgentId: `agt_${1 + (index % 6)}`,
    salesAgentName: `Agent ${1 + (index % 6)}`,
    name: `Product ${index + 1}`,
    groupId: `agt_${1 + (index % 6)}`,
    groupName: `Agent ${1 + (index % 6)}`,
    pricingOptionId: 'cpm',
    pricingModel: 'cpm',
    fixedPrice: 9.5,
    budget: 20_000 + index * 7.77,
    formats: [],
    selectedAt: new Date().toISOString(),
  }));
  return {
    data: {
      discoveryId: session,
      products,
      totalProducts: count,
      budgetContext: { sessionBudget: 3_000_000, allocatedBudget: 0, remainingBudget: 0, currency: 'USD' },
      campaignBound: true,
      revision: 99,
    },
    error: null,
  };
}
