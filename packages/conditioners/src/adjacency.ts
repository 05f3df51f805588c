/**
 * Which inputs each dimension reads: `A[i][j] = 1` where the parameters of dimension i depend on x_j.
 *
 * Row i lists the parents of i; the graph must have no cycle.
 */
export type Adjacency = readonly (readonly number[])[];
