// The plans that are measured: as many products and periods as give so many packages.

export const SIZES = [
  { packages: 10, products: 5, periods: 2 },
  { packages: 600, products: 50, periods: 12 },
  { packages: 10_000, products: 200, periods: 50 },
];

const day = (offset) => new Date(Date.UTC(2027, 0, 1) + offset * 86_400_000).toISOString().slice(0, 10);

export function makePlan({ products, periods }) {
  return {
    advertiserId: 'adv_acme',
    name: 'Summer launch',
    campaignType: 'DECISIONED',
    flightDates: { startDate: day(0), endDate: day(periods * 7 - 1) },
    budget: { total: '3000000.55', currency: 'EUR', dailyCap: '90000', pacing: 'EVEN' },
    fees: [
      { pricingType: 'MARGIN', marginPercent: 8.25, label: 'service' },
      { pricingType: 'FLAT', amount: '1500.00' },
    ],
    pacingPeriods: {
      mode: 'weight',
      periods: Array.from({ length: periods }, (_, index) => ({ label: `week ${index + 1}`, start: day(index * 7), end: day(index * 7 + 6), weight: 0.5 + (index % 4) / 2 })),
    },
    products: Array.from({ length: products }, (_, index) => ({
      productId: `prod_${index}`,
      salesAgentId: `agt_${index % 5}`,
      name: `Product ${index}`,
      ...(index % 5 > 0 && { budget: `${9_000 + index * 7}.${String(index % 100).padStart(2, '0')}` }),
      ...(index % 3 === 0 && { bidPrice: 4.25 }),
    })),
  };
}
