/**
 * What halves an image, or doubles it where transposed: windows of twice the stride, so that all pixels count alike.
 *
 * Source: Radford, Metz and Chintala, "DCGAN", arXiv:1511.06434.
 */
export const halving = { window: 4, stride: 2 } as const;
